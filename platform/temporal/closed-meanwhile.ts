import { InterceptingCall, Metadata, status, type Interceptor } from '@grpc/grpc-js';

/**
 * Of a call that is tried again when its connection has been closed meanwhile: it ends as cancelled. The client's own tries
 * come by a timer, out of which the channel's error would end the process. Stands behind the interceptor that tries again.
 */
export const closedMeanwhile: Interceptor = (options, nextCall) => {
  try {
    return new InterceptingCall(nextCall(options));
  } catch (error) {
    return ended(error instanceof Error ? error.message : String(error));
  }
};

function ended(details: string): InterceptingCall {
  const ignore = () => undefined;
  return new InterceptingCall({
    start: (_metadata, listener) =>
      listener?.onReceiveStatus?.({ code: status.CANCELLED, details, metadata: new Metadata() }),
    sendMessage: ignore,
    sendMessageWithContext: ignore,
    startRead: ignore,
    halfClose: ignore,
    cancelWithStatus: ignore,
    getPeer: () => 'closed',
    getAuthContext: () => null,
  });
}
