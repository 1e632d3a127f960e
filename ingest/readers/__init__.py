"""Readers: files to records, with every bad row named by file and line. They write nothing."""

from ingest.readers.tables import Rejection, Row

__all__ = ["Rejection", "Row"]
