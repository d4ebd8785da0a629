"""CloudWatch: what functions and the gateway leave behind to be read later."""
