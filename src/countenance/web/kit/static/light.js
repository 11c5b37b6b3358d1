"use strict";
// Before anything is painted: dark or light, as this browser chose.
if (localStorage.light === "dark" || localStorage.light === "light") document.documentElement.dataset.light = localStorage.light;
