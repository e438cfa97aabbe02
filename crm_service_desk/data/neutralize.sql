-- A copy of the database warns and escalates nobody and asks no customer anything.
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT res_id
                FROM ir_model_data
               WHERE module = 'crm_service_desk'
                 AND model = 'ir.cron');
UPDATE helpdesk_ticket_team
   SET service_ask_rating = false;
UPDATE service_claim_step
   SET active = false;
-- Stages write to customers by these templates.
UPDATE helpdesk_ticket_stage
   SET mail_template_id = NULL;
-- Mail that still finds its way here does not reach the desk.
UPDATE mail_alias
   SET alias_name = 'neutralized-' || id
 WHERE alias_name IS NOT NULL
   AND alias_model_id IN (SELECT id FROM ir_model WHERE model = 'helpdesk.ticket');

-- Mails about tickets that wait in the queue are not sent.
UPDATE mail_mail
   SET state = 'cancel'
 WHERE state = 'outgoing'
   AND mail_message_id IN (
       SELECT id
         FROM mail_message
        WHERE model = 'helpdesk.ticket'
);
