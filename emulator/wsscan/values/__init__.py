"""Values of WS-Scan: what tickets, configurations and statuses hold, without their XML."""
