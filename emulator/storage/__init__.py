"""DynamoDB: the engine behind the tables, and the tables of the template in it."""
