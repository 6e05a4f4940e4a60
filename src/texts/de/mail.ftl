# Mails.
mail-award-subject = Ihr Abzeichen „{ $achievement }“
mail-award-hello = Guten Tag, { $name },
mail-award-hello-nameless = Guten Tag,
mail-award-earned = Sie haben das Abzeichen „{ $achievement }“ erworben. { $issuer } hat es Ihnen am { $date } verliehen.
mail-award-earned-in-course = Sie haben im Kurs „{ $course }“ das Abzeichen „{ $achievement }“ erworben. { $issuer } hat es Ihnen am { $date } verliehen.
mail-award-open = Hier können Sie Ihr Abzeichen ansehen, herunterladen und veröffentlichen:
mail-award-button = Abzeichen ansehen
mail-award-attached = Das angehängte Bild ist das Abzeichen selbst: Es enthält einen signierten Nachweis, den andere prüfen können. Bewahren Sie die Datei unverändert auf; ein Bildschirmfoto oder eine umgewandelte Kopie verliert den Nachweis.
mail-award-private = Niemand sonst sieht die Seite Ihres Abzeichens, solange Sie sie nicht veröffentlichen. Der Link oben gehört Ihnen: Wer ihn hat, kann die Seite öffnen. Bitte geben Sie ihn nicht weiter.
mail-award-why = Sie erhalten diese Mail, weil { $issuer } Ihnen ein Abzeichen verliehen hat. Die Adresse kommt von Ihrer Lernplattform. Diese Mail enthält keine Zählpixel.
mail-reminder-subject = Ihr Abzeichen „{ $achievement }“ läuft bald ab
mail-reminder-ends = Ihr Abzeichen „{ $achievement }“, verliehen von { $issuer }, läuft am { $date } ab. Danach ist es nicht mehr gültig.
mail-reminder-again = Falls es erneuert werden kann, erwerben Sie es durch Ihre Leistungen im Kurs ein weiteres Mal.
mail-reminder-why = Sie erhalten diese Mail, weil { $issuer } Ihnen ein Abzeichen verliehen hat, das bald abläuft. Die Adresse kommt von Ihrer Lernplattform. Diese Mail enthält keine Zählpixel.
mail-probe-subject = Probemail von { $host }
mail-probe-body = Diese Mail zeigt, dass { $host } Mails senden kann. Sie müssen nichts tun.
