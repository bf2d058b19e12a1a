"""The one family of type that comes along: Arimo of Google Fonts, version 1.341, under the SIL Open Font License
(Arimo-LICENSE.txt). Letters are set in it, and documents where no other face has a character."""
