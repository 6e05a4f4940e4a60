# Wörter, die mehrere Seiten und Mails brauchen.
product = Laurel
date-day = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
} { $year }
action-download = Abzeichen herunterladen
action-share = Veröffentlichen und Link zum Teilen erhalten
action-unshare = Nicht mehr veröffentlichen
action-back = Zurück zum Kurs
label-issuer = Ausgestellt von
label-recipient = Verliehen an
label-awarded-on = Verliehen am
label-valid-until = Gültig bis
label-criteria = Was dafür nötig ist
label-course = Kurs
label-tags = Themen
state-active = Gültig
state-expired = Abgelaufen
state-revoked = Widerrufen
state-scheduled = Vorgemerkt
state-waiting-for-address = Wartet auf eine E-Mail-Adresse
badge-alt = Bild des Abzeichens „{ $achievement }“
footer-private = Keine Zählpixel, nichts wird von anderswo geladen.
