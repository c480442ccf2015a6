"""What every engine needs to execute tasks: the plan of a flow, its conditions and retries, where handlers run."""
