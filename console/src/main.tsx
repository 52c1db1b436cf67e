import { render } from "preact";
import { App } from "./app";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/ui.css";
import "./styles/shell.css";
import "./styles/pages.css";
import "./styles/handsets.css";
import "./styles/operate.css";
import "./styles/messaging.css";
import "./styles/registration.css";
import { show, theme } from "./theme";

show(theme());
const root = document.getElementById("app");
if (root) render(<App />, root);
