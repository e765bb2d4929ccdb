import type { MailWords } from './mail-words.ts'

/** What a mail to the staff says of an unresolved ticket that nobody has: who may do what about it. */
const whoMayTake =
  '{{#is_free}}Noch hat es niemand: Ein Techniker der Kategorie kann es übernehmen, und ein Admin kann es zuweisen.{{/is_free}}'

/** What customers can do about a closed ticket, which takes no comment of theirs. */
const followUp = 'eröffnen Sie bitte ein neues und nennen Sie darin diese Nummer'

export const ticketMailsInGerman = {
  ticket_created_customer: {
    heading: 'Wir haben Ihr Ticket {{ticket_id}} erhalten',
    said: [
      '{{#is_assigned}}Vielen Dank, Ihr Ticket ist bei uns eingegangen. {{technician_name}} kümmert sich darum. Sobald es Neues gibt, schreiben wir Ihnen.{{/is_assigned}}{{^is_assigned}}Vielen Dank, Ihr Ticket ist bei uns eingegangen. Als Nächstes übernimmt es ein Techniker. Dann schreiben wir Ihnen wieder, und auch später, sobald es Neues gibt.{{/is_assigned}}',
    ],
    notes: ['Falls sich die Sache von selbst erledigt, können Sie das Ticket selbst schließen.'],
  },
  ticket_created_admin: {
    heading: 'Neues Ticket {{ticket_id}}',
    said: [
      'Ein neues Ticket ist eingegangen. {{#is_assigned}}Ein Techniker hat es bereits.{{/is_assigned}}{{^is_assigned}}Noch hat es niemand: Bitte weisen Sie es einem Techniker zu.{{/is_assigned}}',
    ],
  },
  ticket_assigned_technician: {
    heading: 'Ticket {{ticket_id}} gehört jetzt Ihnen',
    said: [
      'Dieses Ticket wurde Ihnen zugewiesen.{{#is_to_begin}} Bitte setzen Sie es auf „in Arbeit“, wenn Sie anfangen, damit der Kunde Bescheid weiß.{{/is_to_begin}}',
    ],
  },
  ticket_assigned_customer: {
    heading: 'Um Ihr Ticket {{ticket_id}} kümmert sich jetzt jemand',
    said: [
      '{{technician_name}} kümmert sich jetzt um Ihr Ticket. Sobald es Neues gibt, schreiben wir Ihnen; bis dahin brauchen Sie nichts zu tun.',
    ],
  },
  ticket_reassigned_technician: {
    heading: 'Ticket {{ticket_id}} gehört nicht mehr Ihnen',
    said: [
      '{{#is_assigned}}Dieses Ticket wurde jemand anderem zugewiesen. Sie brauchen nichts weiter zu tun; wenn Sie etwas wissen, das hilft, geben Sie es bitte weiter.{{/is_assigned}}{{^is_assigned}}Dieses Ticket wurde von Ihrer Liste genommen. Sie brauchen nichts weiter zu tun.{{/is_assigned}}',
    ],
  },
  ticket_in_progress: {
    heading: 'Ihr Ticket {{ticket_id}} ist in Arbeit',
    said: [
      '{{technician_name}} arbeitet an Ihrem Ticket. Wir schreiben Ihnen, wenn es gelöst ist oder wenn wir auf etwas warten müssen.',
    ],
  },
  ticket_waiting: {
    heading: 'Ihr Ticket {{ticket_id}} wartet',
    said: [
      'Im Moment kommen wir nicht weiter: Wir warten auf Sie oder auf etwas, das nicht in unserer Hand liegt, etwa eine Lieferung oder eine andere Firma.',
      'Falls wir Sie um etwas gebeten haben, schicken Sie es uns bitte. Sonst brauchen Sie nichts zu tun; wir schreiben Ihnen, wenn es weitergeht.',
    ],
  },
  ticket_resolved: {
    heading: 'Ihr Ticket {{ticket_id}} ist gelöst',
    said: ['Gute Nachrichten: Ihr Ticket ist gelöst. Bitte prüfen Sie, ob alles so ist, wie Sie es brauchen.'],
    notes: [
      'Wenn alles in Ordnung ist, brauchen Sie nichts zu tun: Das Ticket schließt sich von selbst, frühestens nach {{auto_close_time}}.',
      'Wenn es nicht gelöst ist, öffnen Sie das Ticket vorher über den Link oben und wählen Sie „Wieder öffnen“.',
    ],
  },
  ticket_reopened: {
    heading: 'Ticket {{ticket_id}} ist wieder offen',
    said: [
      'Dieses Ticket war gelöst und wurde wieder geöffnet.{{#is_assigned}} Bitte sehen Sie nach, was noch fehlt und ob sich jemand darum kümmert.{{/is_assigned}}',
      whoMayTake,
    ],
  },
  ticket_reopened_customer: {
    heading: 'Ihr Ticket {{ticket_id}} ist wieder offen',
    said: [
      'Ihr Ticket war gelöst, und wir haben es wieder geöffnet. {{#is_assigned}}{{technician_name}} arbeitet daran weiter. Sobald es Neues gibt, schreiben wir Ihnen.{{/is_assigned}}{{^is_assigned}}Als Nächstes übernimmt es ein Techniker. Dann schreiben wir Ihnen wieder.{{/is_assigned}}',
    ],
  },
  ticket_urgent: {
    heading: 'Ticket {{ticket_id}} ist jetzt dringend',
    said: ['Die Priorität dieses Tickets wurde auf „dringend“ erhöht.', whoMayTake],
  },
  ticket_closed: {
    heading: 'Ihr Ticket {{ticket_id}} ist geschlossen',
    said: [
      '{{#was_resolved}}Ihr Ticket ist geschlossen und bleibt über den Link unten lesbar.{{/was_resolved}}{{^was_resolved}}Ihr Ticket ist geschlossen, ohne dass es gelöst wurde: Niemand arbeitet mehr daran. Über den Link unten bleibt es lesbar.{{/was_resolved}}',
    ],
    notes: [`Ein geschlossenes Ticket lässt sich nicht wieder öffnen. Falls das Problem wiederkommt, ${followUp}.`],
  },
  ticket_closed_staff: {
    heading: 'Ticket {{ticket_id}} ist geschlossen',
    said: ['Dieses Ticket ist geschlossen. Sie brauchen nichts weiter zu tun.'],
  },
  ticket_restored: {
    heading: 'Ticket {{ticket_id}} ist wieder da',
    said: [
      'Dieses Ticket war gelöscht und wurde mit seinen Kommentaren und Dateien wiederhergestellt. Seine Verknüpfungen mit anderen Tickets sind wieder da, soweit sie noch passen.',
      whoMayTake,
    ],
  },
  ticket_order_cancelled: {
    heading: 'Die Bestellung zu Ticket {{ticket_id}} wurde storniert',
    said: [
      'Die Bestellung {{order_id}} wurde storniert, es ist also nichts mehr reserviert. Das Ticket selbst bleibt, wie es ist.',
      whoMayTake,
    ],
  },
  ticket_order_expired: {
    heading: 'Die Bestellung zu Ticket {{ticket_id}} ist abgelaufen',
    said: [
      'Die Bestellung {{order_id}} wurde nicht rechtzeitig abgeschlossen, es ist also nichts mehr reserviert. Wer es weiterhin braucht, bestellt noch einmal. Das Ticket selbst bleibt, wie es ist.',
      whoMayTake,
    ],
  },
  ticket_unassigned: {
    heading: 'Ticket {{ticket_id}} ist wieder in der Warteschlange',
    said: ['Dieses Ticket wurde seinem Techniker entzogen oder von ihm zurückgegeben.', whoMayTake],
  },
  ticket_category_changed: {
    heading: 'Ticket {{ticket_id}} hat eine andere Kategorie',
    said: [
      'Dieses Ticket hat die unten genannte Kategorie bekommen und steht deshalb jetzt in einer anderen Warteschlange.',
      whoMayTake,
    ],
  },
  ticket_moved_customer: {
    heading: 'Ticket {{ticket_id}} gehört jetzt Ihnen',
    said: [
      'Wir haben dieses Ticket unter Ihren Namen gestellt, weil es um Sie geht. {{#is_closed}}Es ist geschlossen; über den Link können Sie es lesen.{{/is_closed}}{{^is_closed}}Über den Link können Sie es lesen und darauf antworten, und wir schreiben Ihnen, sobald es Neues gibt.{{/is_closed}}',
    ],
    notes: [
      `{{#is_closed}}Falls es in dem Ticket nicht um Sie geht, ${followUp}.{{/is_closed}}{{^is_closed}}Falls es in dem Ticket nicht um Sie geht, sagen Sie uns das bitte in einem Kommentar.{{/is_closed}}`,
    ],
  },
  ticket_moved_technician: {
    heading: 'Ticket {{ticket_id}} hat einen anderen Kunden',
    said: [
      'Dieses Ticket wurde dem Kunden zugeordnet, der unten genannt ist. Was Sie schreiben, geht von jetzt an dorthin.',
    ],
  },
  ticket_merged_customer: {
    heading: 'Ihre Tickets {{merged_ticket_id}} und {{ticket_id}} gehen gemeinsam weiter',
    said: [
      'In beiden geht es um dasselbe, deshalb machen wir in {{ticket_id}} weiter. Was in {{merged_ticket_id}} gesagt wurde, bleibt dort lesbar.',
      '{{#is_reopened}}{{ticket_id}} war gelöst und ist wieder offen.{{/is_reopened}}',
    ],
  },
  ticket_merged: {
    heading: '{{merged_ticket_id}} wurde mit {{ticket_id}} zusammengeführt',
    said: [
      'Das Gespräch von {{merged_ticket_id}} geht in {{ticket_id}} weiter, mit den Personen und Dateien von beiden.',
      '{{#is_reopened}}{{ticket_id}} war gelöst und ist wieder offen.{{/is_reopened}}',
      whoMayTake,
    ],
  },
  comment_customer: {
    heading: 'Ein Kommentar zu Ihrem Ticket {{ticket_id}}',
    said: ['{{actor_name}} hat Ihnen dazu geschrieben.'],
    notes: [
      `{{#is_closed}}Das Ticket ist geschlossen und nimmt von Ihnen keinen Kommentar mehr an. Um zu antworten, ${followUp}.{{/is_closed}}{{^is_closed}}Um zu antworten, schreiben Sie bitte über den Link einen Kommentar zum Ticket.{{/is_closed}}`,
    ],
  },
  comment_public: {
    heading: 'Ein Kommentar zu Ticket {{ticket_id}}',
    said: [
      '{{#is_reopened}}Der Kunde hat etwas geschrieben, und das Ticket ist wieder offen.{{/is_reopened}}{{^is_reopened}}{{#stays_resolved}}Der Kunde hat etwas geschrieben. Das Ticket bleibt gelöst, wie er es wollte.{{/stays_resolved}}{{^stays_resolved}}Es gibt einen neuen Kommentar, den der Kunde lesen kann.{{/stays_resolved}}{{/is_reopened}}',
      whoMayTake,
    ],
  },
  comment_internal: {
    heading: 'Ein interner Kommentar zu Ticket {{ticket_id}}',
    said: ['Es gibt einen neuen Kommentar nur für das Personal: Der Kunde erfährt nichts davon.'],
  },
  comment_mentioned: {
    heading: 'Sie werden in Ticket {{ticket_id}} erwähnt',
    said: [
      '{{actor_name}} erwähnt Sie in einem Kommentar nur für das Personal: Der Kunde erfährt nichts davon. Sie beobachten das Ticket von jetzt an.',
    ],
  },
  files_customer: {
    heading:
      '{{#is_one_file}}Eine Datei{{/is_one_file}}{{^is_one_file}}Dateien{{/is_one_file}} zu Ihrem Ticket {{ticket_id}}',
    said: ['{{actor_name}} hat dies an das Ticket angehängt. Sie finden es über den Link.'],
  },
  files_staff: {
    heading:
      '{{#is_one_file}}Eine Datei{{/is_one_file}}{{^is_one_file}}Dateien{{/is_one_file}} zu Ticket {{ticket_id}}',
    said: ['Dies wurde an das Ticket angehängt, wo der Kunde es lesen kann.', whoMayTake],
  },
} satisfies Record<string, MailWords>
