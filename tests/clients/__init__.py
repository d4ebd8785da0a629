"""Stock clients of Cognito, each living a whole life of an account."""
