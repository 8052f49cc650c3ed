// Security keys (W3C Web Authentication): a button asks the browser for a signature and sends it with its form.
(() => {
  "use strict";
  if (!window.PublicKeyCredential) return;
  const octets = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const written = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (keys) => (keys ?? []).map((key) => ({ ...key, id: octets(key.id) }));

  const make = async (asked) => {
    const user = { ...asked.user, id: octets(asked.user.id) };
    const excludeCredentials = named(asked.excludeCredentials);
    const publicKey = { ...asked, challenge: octets(asked.challenge), user, excludeCredentials };
    const { id, rawId, type, response } = await navigator.credentials.create({ publicKey });
    return { id, rawId: written(rawId), type, response: {
      clientDataJSON: written(response.clientDataJSON), attestationObject: written(response.attestationObject) } };
  };

  const sign = async (asked) => {
    const allowCredentials = named(asked.allowCredentials);
    const publicKey = { ...asked, challenge: octets(asked.challenge), allowCredentials };
    const { id, rawId, type, response } = await navigator.credentials.get({ publicKey });
    return { id, rawId: written(rawId), type, response: {
      clientDataJSON: written(response.clientDataJSON), authenticatorData: written(response.authenticatorData),
      signature: written(response.signature) } };
  };

  for (const button of document.querySelectorAll("[data-key-options]")) {
    const form = button.form;
    const making = "keyNew" in button.dataset;
    const said = form.querySelector("[data-key-said]");
    button.hidden = false;
    // Enter in the only field of a form without another button would send it without a key.
    if (making) form.addEventListener("submit", (event) => { event.preventDefault(); button.click(); });
    button.addEventListener("click", async () => {
      const code = form.elements.namedItem("code");
      if (code) code.required = false;
      if (!form.reportValidity()) return;
      button.disabled = true;
      said.textContent = said.dataset.waiting;
      try {
        const asked = JSON.parse(button.dataset.keyOptions).publicKey;
        form.elements.namedItem("credential").value = JSON.stringify(await (making ? make : sign)(asked));
        form.submit();
      } catch {
        said.textContent = said.dataset.failed;
        button.disabled = false;
        if (code) code.required = true;
        button.focus();
      }
    });
  }
})();
