"""The jobs that fill a workspace; the only place that loads models, calls servers or writes to a database."""
