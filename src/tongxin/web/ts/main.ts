// The script of every page. Pages work without it; with it boards are live and nothing typed is lost.
import { confirmFirst } from "./confirm";
import { explainFailures } from "./failures";
import { keepDrafts } from "./keep";
import { useKeys } from "./keys";
import { followEvents } from "./live";
import { closeMenus, showCurrent } from "./menus";
import { switchTheme } from "./theme";

keepDrafts();
switchTheme();
closeMenus();
showCurrent();
confirmFirst();
explainFailures();
useKeys();
followEvents();
