"use strict";

/* Everything is relative, so that the page works at /docs and under the API's prefix alike, and
 * nothing leaves this host: no validator, no remote configuration from the query. */
(function () {
	var viewer = document.getElementById("viewer");

	if (typeof window.SwaggerUIBundle === "undefined") {
		viewer.innerHTML =
			"<p>The viewer's files are not installed on this host (scripts/deps fetches them). " +
			"The document itself is <a href=\"openapi.json\">openapi.json</a>.</p>";
		return;
	}
	window.ui = window.SwaggerUIBundle({
		url: "openapi.json",
		dom_id: "#viewer",
		presets: [window.SwaggerUIBundle.presets.apis],
		layout: "BaseLayout",
		validatorUrl: null,
		queryConfigEnabled: false,
		deepLinking: true,
		displayRequestDuration: true,
		filter: true,
		persistAuthorization: false,
		tagsSorter: "alpha",
		supportedSubmitMethods: ["get", "put", "post", "delete", "options", "head", "patch", "trace"],
	});
})();
