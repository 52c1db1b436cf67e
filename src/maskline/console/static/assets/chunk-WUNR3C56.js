var e={api:"by the application",ttl:"nothing passed for its time to live","date-expiry":"its date had come"};function i(t){return t===null?"ended":e[t]??t}export{i as a};
