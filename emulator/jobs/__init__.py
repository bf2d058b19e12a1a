"""One post-scan job, from options to a verified result; pages without a job; what is known of jobs that were."""
