// Sends the only form of the page. A field called "submit" would hide the form's own method.
HTMLFormElement.prototype.submit.call(document.getElementById("auto-form"));
