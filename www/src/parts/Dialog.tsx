/** A modal dialog: the browser's own, which keeps the focus and closes by Escape; and one that asks something. */

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../text/index.js';
import { Icon } from './Icon.js';

interface Props {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}

/** Open as long as it is shown. The focus goes back to where it was. */
export function Dialog({ title, onClose, wide = false, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const onClick = (event: MouseEvent): void => {
    // A press beside it: the dialog fills its own box with its content.
    if (event.target === element.current) onClose();
  };
  return (
    <dialog ref={element} class={wide ? 'dialog wide' : 'dialog'} aria-labelledby={heading} onClose={onClose} onClick={onClick}>
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" class="button quiet square" aria-label={t('common.close')} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface AnswersProps {
  /** What is done, in a word or two. */
  verb: string;
  /** Of its button. */
  id: string;
  danger?: boolean;
  disabled?: boolean;
  onYes: () => void;
  onNo: () => void;
}

/** The two answers to a question: to do it, or not. */
export function Answers({ verb, id, danger = false, disabled = false, onYes, onNo }: AnswersProps) {
  return (
    <div class="row">
      <button type="button" class={danger ? 'button danger' : 'button primary'} id={id} disabled={disabled} onClick={onYes}>
        {verb}
      </button>
      <button type="button" class="button" onClick={onNo}>
        {t('common.cancel')}
      </button>
    </div>
  );
}

/** A dialog that asks before something is done. */
export function Question({ title, children, onClose, ...answers }: Omit<AnswersProps, 'onNo'> & Props) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="consent">
        {children}
        <Answers {...answers} onNo={onClose} />
      </div>
    </Dialog>
  );
}
