# Die eigene Liste eines Kurses, mit einem Abzeichen verglichen.
list-title = Mit einer Liste vergleichen
list-lead = Haben Sie selbst eine Liste, wer den Kurs abgeschlossen hat, dann vergleichen Sie sie damit, wer das Abzeichen hat. Vergleichen verleiht nichts und nimmt nichts zurück.
list-link = Mit einer eigenen Liste vergleichen
list-difference = Die Liste
list-with = Verglichen mit dem Abzeichen
list-both = Auf beiden
list-there = Auf der Liste, ohne das Abzeichen
list-here = Mit dem Abzeichen, nicht auf der Liste
list-unknown = Zeilen, die niemanden nennen, der in diesem Kurs bekannt ist: { $lines }.
list-ambiguous = Zeilen, die mehrere Personen meinen könnten: { $lines }.
list-repeated = { $count ->
    [one] Eine Zeile nennt jemanden noch einmal.
   *[other] { $count } Zeilen nennen jemanden noch einmal.
}
list-new = Eine Liste vergleichen
list-badge = Abzeichen
list-file = Datei (CSV)
list-file-note = Je Zeile eine Person: ihre Kennung in der Lernplattform oder ihre E-Mail-Adresse und, wenn Sie möchten, in der zweiten Spalte der Tag des Abschlusses als 2026-11-23 oder 23.11.2026.
list-nothing = Die Liste wird mit dem Unterschied aufbewahrt. Niemandem wird durch sie etwas verliehen.
list-compare = Vergleichen
list-no-badge = In diesem Kurs kann noch kein Abzeichen verdient werden; es gibt nichts zu vergleichen.
list-earlier = Früher verglichene Listen
list-why-met = erfüllt die Regel; das Abzeichen ist unterwegs oder wartet auf einen Klick
list-why-nearly = hier fehlt eines
list-why-not-yet = erfüllt hier die Regel nicht
list-why-unknown = hier ist etwas nicht bekannt
list-problem-empty = Die Datei nennt niemanden. Wählen Sie eine CSV-Datei mit einer Person je Zeile.
list-problem-badge = Wählen Sie das Abzeichen, mit dem verglichen werden soll.
list-problem-encoding = Die Datei lässt sich nicht als Text lesen. Speichern Sie sie als CSV in UTF-8.
list-problem-long = Eine Liste hat höchstens { $most } Zeilen. Teilen Sie sie.
list-problem-line = Zeile { $line } lässt sich nicht lesen. Jede Zeile nennt eine Person; der Tag, falls vorhanden, steht als 2026-11-23 oder 23.11.2026.
list-problem-other = Die Datei lässt sich nicht lesen. Wählen Sie eine CSV-Datei mit einer Person je Zeile.
