"""Mail for jobs: one interface over IMAP with SMTP, the Gmail API and Microsoft Graph."""
