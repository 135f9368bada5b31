"""What all programs know of an invocation: request, org, function, jobs and settings."""
