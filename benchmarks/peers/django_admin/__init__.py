"""The review queue as a Django admin changelist over the same tables; the models are not managed by Django."""
