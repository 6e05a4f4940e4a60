# Wer auf Menschen wartet, für die Lehrenden des Kurses.
approval-title = Warten auf Genehmigung
approval-lead = Diese Personen haben alles getan bis auf eines: Ein Mensch muss entscheiden. Es zählt, was Sie zuletzt entscheiden; bis zur Verleihung können Sie es ändern.
approval-nobody = Gerade wartet niemand auf eine Entscheidung.
approval-for = Für das Abzeichen
approval-given = { $count ->
    [one] { $given } von { $count } Genehmigung erteilt.
   *[other] { $given } von { $count } Genehmigungen erteilt.
}
approval-roles = Es zählen Personen mit der Rolle { $roles }.
approval-so-far = Bisher entschieden
approval-you = Sie
approval-somebody = Jemand
approval-approved = genehmigt
approval-declined = abgelehnt
approval-why = Was die Regel sagt
approval-own = Das sind Sie selbst. Niemand entscheidet über das eigene Abzeichen.
approval-again = Sie haben hier schon entschieden. Eine neue Entscheidung tritt an die Stelle der alten.
approval-note = Notiz (kann fehlen; andere Lehrende sehen sie)
approval-approve = Genehmigen
approval-decline = Ablehnen
approval-waiting = { $count ->
    [one] Eine Person wartet auf eine Genehmigung.
   *[other] { $count } Personen warten auf eine Genehmigung.
}
approval-waiting-more = Mindestens { $count } Personen warten auf eine Genehmigung.
approval-link = Entscheiden
