//! Classification of messages by a model: the process manager and the providers that it asks.
