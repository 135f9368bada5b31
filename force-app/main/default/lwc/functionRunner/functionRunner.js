import { LightningElement, api } from 'lwc';
import { FlowAttributeChangeEvent } from 'lightning/flowSupport';
import cancel from '@salesforce/apex/FunctionRunnerController.cancel';
import start from '@salesforce/apex/FunctionRunnerController.start';
import status from '@salesforce/apex/FunctionRunnerController.status';
import { OutcomeWatch } from './outcomeWatch';

const ACCEPTED = 201;
const STARTING = { text: 'Starting', percent: 10 };
const WAITING = { text: 'Waiting to be sent', percent: 30 };
const RUNNING = { text: 'The function is running', percent: 60 };

/**
 * A button that runs a function, with its progress, its response, cancel and retry.
 */
export default class FunctionRunner extends LightningElement {
    /** Name of the function reference. */
    @api functionName;

    /** JSON for the function; left out, it is {}. */
    @api payload;

    /** Text of the button. */
    @api label = 'Run';

    /** What the function answered, as JSON. An output of flow screens. */
    @api response;

    /** Why there is no success. An output of flow screens. */
    @api errorText;

    phase;
    progress = {};
    note;
    requestId;
    watch;

    connectedCallback() {
        if (this.isPending && this.requestId) {
            this.listen().follow(this.requestId);
        }
    }

    disconnectedCallback() {
        this.watch?.end();
    }

    get isPending() {
        return this.phase === 'PENDING';
    }

    get hasFailed() {
        return this.phase === 'ERROR';
    }

    get hasResponse() {
        return this.phase === 'SUCCESS' && Boolean(this.response);
    }

    get mayBeCancelled() {
        return Boolean(this.progress.mayBeCancelled);
    }

    get startLabel() {
        return this.hasFailed ? 'Try again' : this.label;
    }

    get step() {
        if (!this.requestId) {
            return STARTING;
        }
        return this.progress.statusCode === ACCEPTED ? RUNNING : WAITING;
    }

    get percent() {
        return this.step.percent;
    }

    get told() {
        if (this.isPending) {
            return this.note ?? this.step.text;
        }
        return this.hasFailed ? this.errorText : this.phase && 'Done';
    }

    get toldClass() {
        return this.hasFailed ? 'told told_error' : 'told';
    }

    async handleStart() {
        this.reset();
        const watch = this.listen();
        try {
            this.requestId = await start({ functionName: this.functionName, payloadJson: this.payload });
        } catch (error) {
            this.finish({ status: 'ERROR', errorText: textOf(error) });
            return;
        }
        watch.follow(this.requestId);
    }

    async handleCancel() {
        this.focusTold();
        try {
            this.show(await cancel({ recordId: this.requestId }));
        } catch (error) {
            this.note = textOf(error);
        }
    }

    async ask(recordId) {
        try {
            const progress = await status({ recordId });
            if (this.isPending && recordId === this.requestId) {
                this.note = undefined;
                this.show(progress);
            }
        } catch (error) {
            this.note = textOf(error);
        }
    }

    listen() {
        this.watch?.end();
        this.watch = new OutcomeWatch((recordId) => this.ask(recordId));
        return this.watch;
    }

    reset() {
        this.phase = 'PENDING';
        this.progress = {};
        this.note = undefined;
        this.requestId = undefined;
        this.output('response', undefined);
        this.output('errorText', undefined);
        this.focusTold();
    }

    show(progress) {
        if (progress.status !== 'PENDING') {
            this.finish(progress);
            return;
        }
        if (!progress.mayBeCancelled) {
            this.keepFocus();
        }
        this.progress = progress;
    }

    finish(progress) {
        this.watch.end();
        this.keepFocus();
        this.phase = progress.status;
        this.output('response', progress.response);
        this.output('errorText', progress.errorText);
    }

    output(name, value) {
        this[name] = value;
        this.dispatchEvent(new FlowAttributeChangeEvent(name, value));
    }

    /** A button that vanishes would take the focus with it, to the top of the page. */
    keepFocus() {
        if (this.template.activeElement) {
            this.focusTold();
        }
    }

    focusTold() {
        this.refs.told.focus();
    }
}

function textOf(error) {
    return error?.body?.message ?? error?.message ?? 'The org did not answer';
}
