"""The public pages: leaving a newsletter, and answering an invitation."""
