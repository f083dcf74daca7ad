// What any page may need: copying, asking before something dangerous. Every page works without it.
import "./copy.js";
import "./confirm.js";
