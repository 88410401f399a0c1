"""The only code that writes facts. It knows neither Slack nor any provider."""
