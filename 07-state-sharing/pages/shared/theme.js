// Light or dark: as the system wants it, until the button says otherwise. No module, so that it runs before the first
// paint and nothing flashes.
'use strict';
(() => {
    const root = document.documentElement;
    const system = matchMedia('(prefers-color-scheme: dark)');
    const stored = localStorage.getItem('theme');
    if (stored) root.dataset.theme = stored;

    const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);

    document.addEventListener('DOMContentLoaded', () => {
        const button = document.getElementById('theme');
        const label = () => { button.textContent = isDark() ? 'Light' : 'Dark'; };
        button.addEventListener('click', () => {
            root.dataset.theme = isDark() ? 'light' : 'dark';
            localStorage.setItem('theme', root.dataset.theme);
            label();
        });
        system.addEventListener('change', label);
        label();
    });
})();
