"""From an empty AWS account to a running chat: templates, packages, deployments, cost."""
