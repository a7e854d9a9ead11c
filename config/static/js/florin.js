// What makes pages kinder when scripts run. Every page works without it; each part answers to data- attributes.
// The finder in config/assembled.py serves this file with its parts written in.
import "./reveal.js";
import "./submit_once.js";
import "./theme_switch.js";
import "./copy.js";
import "./dialog.js";
import "./dismiss.js";
import "./amount.js";
import "./print.js";
import "./apply_on_change.js";
import "./countdown.js";
import "./show_password.js";
import "./timezone.js";
import "./keypad.js";
import "./till.js";
import "./code_input.js";
import "./find_me.js";
