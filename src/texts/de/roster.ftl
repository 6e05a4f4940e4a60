# Die Personen eines Kurses, für Lehrende.
roster-title = Personen in diesem Kurs
roster-link = Personen in diesem Kurs und was sie erworben haben
roster-back = Zurück zu den Abzeichen dieses Kurses
roster-reading = Die Liste Ihrer Lernplattform
roster-never = Die Liste der Personen wurde noch nicht aus Ihrer Lernplattform gelesen.
roster-awaited = Die Liste wird gerade gelesen. Öffnen Sie diese Seite gleich noch einmal.
roster-read-at = Zuletzt gelesen am { $date }.
roster-read-people = { $count ->
    [one] Sie nannte eine Person.
   *[other] Sie nannte { $count } Personen.
}
roster-incomplete = Sie ließ sich nicht bis zum Ende lesen; deshalb wurde niemand von der Liste genommen.
roster-why-permission = Ihre Lernplattform erlaubt diesem Werkzeug nicht, sie zu lesen; die Administration kann Namen und Rollen für das Werkzeug freigeben.
roster-why-unavailable = Ihre Lernplattform hat nicht geantwortet. Sie wird von selbst noch einmal gefragt.
roster-why-paging = Ihre Seiten führten in die Irre: im Kreis, auf einen fremden Server oder endlos weiter.
roster-why-other = Wer diesen Server betreibt, sieht den Grund und kann es erneut versuchen.
roster-ask = Liste jetzt lesen
roster-lists = Listen
roster-learners = Lernende
roster-staff = Lehrende und Team
roster-gone = Nicht mehr dabei
roster-nobody = Auf dieser Liste steht niemand.
roster-groups = Gruppen:
roster-excluded-staff = Lehrt hier oder hat hier gelehrt und erwirbt deshalb keine Abzeichen dieses Kurses.
roster-excluded-gone = Nimmt zurzeit nicht am Kurs teil. Erworbene Abzeichen bleiben.
roster-excluded-test = Ein Testkonto erwirbt keine Abzeichen.
roster-excluded-other = Lernt nicht in diesem Kurs und erwirbt deshalb keine Abzeichen.
roster-excluded-vetoed = Jemand hat dieses Abzeichen zurückgenommen; von selbst wird es nicht wieder verliehen.
roster-pages = Seiten der Liste
roster-previous = Vorige Seite
roster-next = Nächste Seite
roster-not-offered = Ihre Lernplattform bietet Laurel keine Liste der Personen dieses Kurses an. Gezeigt wird, wer Laurel hier geöffnet hat oder von wem andere Systeme berichtet haben; sonst ist niemand bekannt.
roster-not-offered-next = Ihre Administration kann dem Werkzeug Namen und Rollen erlauben. Sobald danach jemand Laurel hier öffnet, wird die ganze Liste gelesen.
