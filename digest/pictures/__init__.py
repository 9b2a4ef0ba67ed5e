"""The room of pictures: fetches those that stories show, and makes small ones that we serve ourselves.

One door, `fetch.fetch_pictures`; nothing is loaded here, since a process that makes one small needs neither
network nor settings. Pictures are strangers' bytes: they are fetched through the guard, and opened only in
such processes. Which are wanted, and where they are kept, is for others.
"""
