"""The commands of `ingest`, one file a subject. They read options, call the pipeline and print."""
