"use strict";

/*
 * What a link in a mail leads to. The token stands behind the #, which no browser sends anywhere; it goes
 * out in the body of a POST, and only when a person presses the button: programs that follow every link of a mail
 * use none up.
 */

const choosing = {
	title: "Choose a new password",
	lead: "It takes the place of the old one, and everybody who is logged in is logged out.",
	button: "Set the password",
	path: "reset-password/confirm",
	done: "The password is set. You can log in with it now.",
	password: true,
};

const pages = {
	"verify-email": {
		title: "Confirm your e-mail address",
		lead: "One press of the button, and the address is yours here.",
		button: "Confirm the address",
		path: "verify-email/confirm",
		done: "The address is confirmed. You can close this page.",
	},
	"reset-password": choosing,
	"set-password": { ...choosing, title: "Choose a password", lead: "It is for your new account." },
	"undo-email-change": {
		title: "Undo the change of your e-mail address",
		lead: "Your account goes back to the address that this mail was sent to. Everybody is logged " +
			"out, and the password ends: you will be sent a link to choose a new one.",
		button: "Take the account back",
		path: "undo-email-change/confirm",
		done: "The change is undone. Look into your mail: a link to choose a new password is there.",
	},
};

const over = "This link is not good any more: it was used before, or has run out. Please ask for a new one.";

const element = (id) => document.getElementById(id);
const page = pages[location.pathname.split("/").pop()];
const token = new URLSearchParams(location.hash.slice(1)).get("token");

function say(text, good) {
	const outcome = element("outcome");
	outcome.className = good ? "good" : "bad";
	outcome.textContent = text;
	outcome.focus();
}

function finish(text, good) {
	element("form").hidden = true;
	element("lead").hidden = true;
	say(text, good);
}

/* A 422 lists everything that is wrong; other errors are one sentence. */
function complaint(body) {
	if (Array.isArray(body.detail)) {
		return body.detail.map((fault) => fault.ctx?.reason || fault.msg).join("\n");
	}
	return body.detail;
}

async function hand_over() {
	const body = { token };
	if (page.password) {
		body.new_password = element("password").value;
	}
	const answer = await fetch("v1/users/" + page.path, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(body),
		credentials: "omit",
		cache: "no-store",
	});
	if (answer.ok) {
		finish(page.done, true);
		return;
	}
	const error = await answer.json();
	if (error.error_code === "LINK_INVALID") {
		finish(over, false);
	} else {
		say(complaint(error), false);
	}
}

async function submit(event) {
	event.preventDefault();
	if (page.password && element("password").value !== element("again").value) {
		say("The two passwords are not the same.", false);
		element("again").focus();
		return;
	}
	element("go").disabled = true;
	say("", true);
	try {
		await hand_over();
	} catch {
		say("That did not get through. Please try again.", false);
	}
	element("go").disabled = false;
}

function begin() {
	document.title = page.title;
	element("title").textContent = page.title;
	/* Neither the history nor a look over the shoulder keeps it. */
	history.replaceState(null, "", location.pathname);
	if (!token) {
		finish("There is no token in this address. Please open the whole link of the mail.", false);
		return;
	}
	element("lead").textContent = page.lead;
	element("go").textContent = page.button;
	element("password-part").hidden = !page.password;
	element("password").required = Boolean(page.password);
	element("again").required = Boolean(page.password);
	element("form").addEventListener("submit", submit);
	element("form").hidden = false;
}

/* Another link, opened where this page is already: the browser would only move within it. */
addEventListener("hashchange", () => location.reload());
begin();
