"""S3, as far as uploads and downloads by presigned URL need it, on an origin of its own."""
