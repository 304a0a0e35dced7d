/** A photo by the camera: consent first, then a live picture, then the photo. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../text/index.js';
import type { Key } from '../text/index.js';
import { Answers, Dialog } from './Dialog.js';
import { Icon } from './Icon.js';
import { Problem } from './Problem.js';

interface Props {
  onClose: () => void;
  onPhoto: (photo: Blob, name: string) => Promise<void>;
}

/** What the browser says when it gives no camera. */
const REFUSALS: Record<string, Key> = {
  NotAllowedError: 'camera.refused',
  SecurityError: 'camera.refused',
  NotFoundError: 'camera.absent',
  OverconstrainedError: 'camera.absent',
  NotReadableError: 'camera.busy',
  AbortError: 'camera.busy',
};

export function Camera({ onClose, onPhoto }: Props) {
  const [stream, setStream] = useState<MediaStream | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => () => stream?.getTracks().forEach((track) => track.stop()), [stream]);
  useEffect(() => {
    if (video.current !== null && stream !== undefined) video.current.srcObject = stream;
  }, [stream]);

  const open = async (): Promise<void> => {
    setProblem(undefined);
    if (navigator.mediaDevices === undefined) return setProblem(t('camera.insecure'));
    try {
      setStream(await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'user', width: { ideal: 1280 } } }));
    } catch (error) {
      const key = REFUSALS[(error as DOMException).name];
      setProblem(key === undefined ? t('problem.unexpected', { message: String(error) }) : t(key));
    }
  };

  const take = async (): Promise<void> => {
    const source = video.current;
    if (source === null || source.videoWidth === 0) return;
    const canvas = document.createElement('canvas');
    canvas.width = source.videoWidth;
    canvas.height = source.videoHeight;
    canvas.getContext('2d')?.drawImage(source, 0, 0);
    const photo = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.95));
    onClose();
    if (photo !== null) await onPhoto(photo, t('camera.title'));
  };

  return (
    <Dialog title={t('camera.title')} onClose={onClose}>
      {stream === undefined ? (
        <div class="consent">
          <p>{t('camera.consent')}</p>
          <p>{t('camera.others')}</p>
          <Problem error={problem} />
          <Answers verb={t('camera.agree')} id="camera-agree" onYes={() => void open()} onNo={onClose} />
        </div>
      ) : (
        <div class="live">
          <video ref={video} autoplay playsInline muted aria-label={t('camera.live')} />
          <button type="button" class="button primary large" id="camera-take" onClick={() => void take()}>
            <Icon name="camera" />
            {t('camera.take')}
          </button>
        </div>
      )}
    </Dialog>
  );
}
