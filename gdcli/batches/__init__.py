"""Batches: many problems in worker processes, their store, their verification."""
