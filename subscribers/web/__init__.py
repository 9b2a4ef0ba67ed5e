"""The pages of subscribers, set on the server, without scripts. `app` is the door."""
