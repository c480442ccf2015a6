"""How programs reach trio: from trio, from asyncio, or from a thread that is in neither."""
