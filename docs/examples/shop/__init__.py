"""A flow in a package: its handlers stand in modules of their own.

    find_orders ──┬── total ──┬── report
                  └───────────┘

Run it for a folder of orders, each in a JSON file:

    typedflow run docs/examples/shop/flow.py --input '"orders"'
"""
