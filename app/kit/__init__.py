"""What all features share: flow, sheets, pages, fields, formats, words, authority."""
