// Drawn here: not every computer has a font with emoji.
function Icon({ children }) {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      {children}
    </svg>
  );
}

export const EyeIcon = () => (
  <Icon>
    <path d="M1 8c2-3.3 4.3-5 7-5s5 1.7 7 5c-2 3.3-4.3 5-7 5s-5-1.7-7-5z" />
    <circle cx="8" cy="8" r="2.2" />
  </Icon>
);

export const LockIcon = () => (
  <Icon>
    <rect x="2.8" y="7" width="10.4" height="7" rx="1.5" />
    <path d="M5 7V4.7a3 3 0 0 1 6 0V7" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path fill="currentColor" strokeLinejoin="round" d="M2 2l12 6-12 6 1.6-5.3L9 8 3.6 7.3z" />
  </Icon>
);

export const AppIcon = () => (
  <Icon>
    <path fill="currentColor" d="M2.5 13.5v-4h2v4zm4.5 0v-7h2v7zm4.5 0v-10h2v10z" />
  </Icon>
);
