"""What people do to jobs that exist. Each verb checks permission itself, and is called inside `tenancy.as_user`."""
