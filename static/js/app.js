// The one entry: every page loads this, and each module does nothing where its elements are missing.
import "./theme.js";
import "./time.js";
import "./toast.js";
import "./dialog.js";
import "./menu.js";
import "./copy.js";
import "./morph.js";
import "./folds.js";
import "./search.js";
import "./new-rows.js";
import "./log.js";
import "./editor.js";
import "./keys.js";
import "./live.js";
