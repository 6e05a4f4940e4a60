# Dynamic Registration: what the tool is called in learning platforms, and its pages for their administrators.
register-description = Issue and earn Open Badges in your courses
register-label-home = Badges
register-label-pick = Add a badge
register-label-review = Badges of this learner

register-title = Connect your learning platform
register-begin = { $host } wants to connect with the badges of { $organization }.
register-go = Connect
register-begin-help = Nothing is installed, and nothing is sent to anybody but your learning platform.

register-ask-title = This is connected already
register-ask-known = { $host } is connected with the badges of { $organization } already, as “{ $platform }”.
register-update-title = Bring the connection up to date?
register-update-means = Your learning platform gets our newest addresses and pages. Courses, learners and badges stay as they are.
register-update-go = Update the connection
register-second-title = Add a second connection?
register-second-means = The first one stays as it is, and the two do not share their courses. To bring the first one up to date instead, choose “update” for this tool in your learning platform.
register-second-go = Add a second connection
register-ask-leave = If you did not want this, simply close this window. Nothing has been changed.

register-done-title = Connected
register-done-new = { $host } is connected with the badges of { $organization } now.
register-done-updated = The connection of { $host } with the badges of { $organization } is up to date.
register-next-title = What to do next
register-activate = Your learning platform keeps the tool switched off until you switch it on there.
register-next-moodle = In Site administration › Plugins › Activity modules › External tool › Manage tools, press “Activate” on the new tool. To let teachers find it, edit the tool there and set “Tool configuration usage” to “Show in activity chooser and as a preconfigured tool”.
register-next-canvas = In Admin › Developer Keys, switch the new key to “On”. Then, in Admin › Settings › Apps, add the app by its client id. The first place where you add it is accepted here by itself; others wait for approval.
register-next-blackboard = In Administrator Panel › LTI Tool Providers, approve the new tool and allow it to use grades and the list of participants.
register-next-brightspace = In Admin Tools › Manage Extensibility › LTI Advantage, enable the registration and add a deployment for the org units that shall use it. Tick names, e-mail addresses and grades in the deployment’s settings.
register-next-sakai = In Administration Workspace › External Tools, open the new tool and allow it to be placed in sites. Sites add it under Site Info › Manage Tools.
register-next-schoology = In App Center › My Developer Apps, install the app for your organization and then for the courses that shall use it.
register-next-open-edx = In Studio, add an LTI component to a unit, choose LTI 1.3 and the new tool.
register-next-other = Switch the tool on in your learning platform, if it asks for that, and add it to a course.
register-close-help = You may close this window now.
register-close = Close
register-agreed-title = What was agreed
register-fact-product = Learning platform
register-fact-client = Client id
register-fact-deployment = Deployment
register-grant-columns = Columns in the gradebook
register-grant-scores = Scores to learners
register-grant-results = Reading results
register-grant-roster = The list of participants
register-granted = allowed
register-not-granted = not allowed
