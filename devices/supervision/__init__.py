"""The asyncio shell around the judge: leads stimulators from inside a worker."""
