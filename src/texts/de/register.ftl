# Dynamische Registrierung: wie das Werkzeug in Lernplattformen heißt, und seine Seiten für deren Administration.
register-description = Open Badges in Ihren Kursen verleihen und erwerben
register-label-home = Abzeichen
register-label-pick = Abzeichen hinzufügen
register-label-review = Abzeichen dieser Person

register-title = Lernplattform verbinden
register-begin = { $host } möchte sich mit den Abzeichen von { $organization } verbinden.
register-go = Verbinden
register-begin-help = Es wird nichts installiert, und niemand außer Ihrer Lernplattform erfährt etwas.

register-ask-title = Hier besteht schon eine Verbindung
register-ask-known = { $host } ist schon mit den Abzeichen von { $organization } verbunden, als „{ $platform }“.
register-update-title = Verbindung auf den neuesten Stand bringen?
register-update-means = Ihre Lernplattform erhält unsere neuesten Adressen und Seiten. Kurse, Lernende und Abzeichen bleiben, wie sie sind.
register-update-go = Verbindung aktualisieren
register-second-title = Eine zweite Verbindung anlegen?
register-second-means = Die erste bleibt, wie sie ist, und beide haben getrennte Kurse. Um stattdessen die erste auf den neuesten Stand zu bringen, wählen Sie in Ihrer Lernplattform bei diesem Werkzeug „aktualisieren“.
register-second-go = Zweite Verbindung anlegen
register-ask-leave = Wollten Sie das nicht, schließen Sie einfach dieses Fenster. Es wurde nichts geändert.

register-done-title = Verbunden
register-done-new = { $host } ist jetzt mit den Abzeichen von { $organization } verbunden.
register-done-updated = Die Verbindung von { $host } mit den Abzeichen von { $organization } ist auf dem neuesten Stand.
register-next-title = Wie es weitergeht
register-activate = Ihre Lernplattform lässt das Werkzeug ausgeschaltet, bis Sie es dort einschalten.
register-next-moodle = Drücken Sie unter Website-Administration › Plugins › Aktivitäten › Externes Tool › Tools verwalten beim neuen Werkzeug auf „Aktivieren“. Damit Lehrende es finden, bearbeiten Sie es dort und stellen „Nutzung der Tool-Konfiguration“ auf „In der Aktivitätsauswahl und als vorkonfiguriertes Tool anzeigen“.
register-next-canvas = Schalten Sie unter Admin › Entwicklerschlüssel den neuen Schlüssel ein. Fügen Sie die App dann unter Admin › Einstellungen › Apps mit ihrer Client-ID hinzu. Die erste Stelle, an der Sie sie hinzufügen, wird hier von selbst angenommen; weitere warten auf Freigabe.
register-next-blackboard = Genehmigen Sie das neue Werkzeug im Administrator-Bereich › LTI-Tool-Anbieter und erlauben Sie ihm Noten und die Teilnehmerliste.
register-next-brightspace = Aktivieren Sie die Registrierung unter Admin-Tools › Erweiterbarkeit verwalten › LTI Advantage und legen Sie eine Bereitstellung für die Organisationseinheiten an, die es nutzen sollen. Haken Sie in deren Einstellungen Namen, E-Mail-Adressen und Noten an.
register-next-sakai = Öffnen Sie das neue Werkzeug unter Administration › Externe Werkzeuge und erlauben Sie es für Sites. Sites fügen es unter Site-Info › Werkzeuge verwalten hinzu.
register-next-schoology = Installieren Sie die App im App-Center › Meine Entwickler-Apps für Ihre Organisation und dann für die Kurse, die sie nutzen sollen.
register-next-open-edx = Fügen Sie in Studio einer Einheit eine LTI-Komponente hinzu und wählen Sie LTI 1.3 und das neue Werkzeug.
register-next-other = Schalten Sie das Werkzeug in Ihrer Lernplattform ein, falls sie danach fragt, und fügen Sie es einem Kurs hinzu.
register-close-help = Sie können dieses Fenster jetzt schließen.
register-close = Schließen
register-agreed-title = Was vereinbart ist
register-fact-product = Lernplattform
register-fact-client = Client-ID
register-fact-deployment = Bereitstellung
register-grant-columns = Spalten im Notenbuch
register-grant-scores = Punkte für Lernende
register-grant-results = Ergebnisse lesen
register-grant-roster = Die Teilnehmerliste
register-granted = erlaubt
register-not-granted = nicht erlaubt
