-- A copy of the database bills, renews and reminds nobody.
UPDATE ir_cron
   SET active = false
 WHERE id IN (
       SELECT res_id
         FROM ir_model_data
        WHERE model = 'ir.cron'
          AND module IN ('crm_subscription', 'contract', 'contract_line_successor')
);

-- Invoices that someone makes by hand are neither posted nor mailed.
UPDATE contract_plan
   SET invoice_mode = 'draft';

-- Mails about contracts that wait in the queue are not sent.
UPDATE mail_mail
   SET state = 'cancel'
 WHERE state = 'outgoing'
   AND mail_message_id IN (
       SELECT id
         FROM mail_message
        WHERE model = 'contract.contract'
);
